# doc
dist_man_MANS += %D%/man/named.8
dist_man_MANS += %D%/man/named-checkconf.1
dist_man_MANS += %D%/man/rndc.8 %D%/man/rndc.conf.5
dist_man_MANS += %D%/man/named-checkzone.1 %D%/man/named-compilezone.1
dist_man_MANS += %D%/man/rndc-confgen.8 %D%/man/tsig-keygen.8 %D%/man/ddns-confgen.8 %D%/man/nsupdate.1
dist_man_MANS += %D%/man/named-journalprint.1 %D%/man/named-checkdelegation.1
# named.conf(5) is made of its template and the table of options.
man_MANS = %D%/man/named.conf.5
EXTRA_DIST += %D%/man/named.conf.5.in
CLEANFILES += %D%/man/named.conf.5
%D%/man/named.conf.5: $(srcdir)/%D%/man/named.conf.5.in tools/conf-manual$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && tools/conf-manual$(EXEEXT) < $(srcdir)/%D%/man/named.conf.5.in > $@.tmp && mv $@.tmp $@
