# tools

# one program under two names
bin_PROGRAMS += %D%/named-checkzone %D%/named-compilezone
%C%_named_checkzone_SOURCES = %D%/named-checkzone.c %D%/zone_outside.c %D%/zone_outside.h
%C%_named_checkzone_LDADD = $(LIBS_ZONE) $(LIBS_EXT)
%C%_named_compilezone_SOURCES = $(%C%_named_checkzone_SOURCES)
%C%_named_compilezone_LDADD = $(LIBS_ZONE) $(LIBS_EXT)
bin_PROGRAMS += %D%/named-checkconf
%C%_named_checkconf_SOURCES = %D%/named-checkconf.c
%C%_named_checkconf_LDADD = $(LIBS_ZONE) $(LIBS_EXT)
noinst_PROGRAMS += %D%/conf-manual
%C%_conf_manual_SOURCES = %D%/conf-manual.c
%C%_conf_manual_LDADD = $(LIBS_CONF) $(LIBS_EXT)
# keys; ddns-confgen is tsig-keygen by another name
sbin_PROGRAMS += %D%/rndc-confgen %D%/tsig-keygen %D%/ddns-confgen
%C%_rndc_confgen_SOURCES = %D%/rndc-confgen.c %D%/new_key.c %D%/new_key.h
%C%_rndc_confgen_LDADD = $(LIBS_DNS) $(LIBS_EXT)
%C%_tsig_keygen_SOURCES = %D%/tsig-keygen.c %D%/new_key.c %D%/new_key.h
%C%_tsig_keygen_LDADD = $(LIBS_DNS) $(LIBS_EXT)
%C%_ddns_confgen_SOURCES = $(%C%_tsig_keygen_SOURCES)
%C%_ddns_confgen_LDADD = $(LIBS_DNS) $(LIBS_EXT)
sbin_PROGRAMS += %D%/rndc
%C%_rndc_SOURCES = %D%/rndc.c
%C%_rndc_LDADD = $(LIBS_CONTROL) $(LIBS_EXT)
bin_PROGRAMS += %D%/named-journalprint
%C%_named_journalprint_SOURCES = %D%/named-journalprint.c
%C%_named_journalprint_LDADD = $(LIBS_JOURNAL) $(LIBS_EXT)
# what programs share that talk to servers
noinst_LIBRARIES += %D%/libclient.a
%C%_libclient_a_SOURCES = %D%/ask.c %D%/ask.h %D%/client_key.c %D%/client_key.h \
	%D%/message_print.c %D%/message_print.h
noinst_LIBRARIES += %D%/libscript.a
%C%_libscript_a_SOURCES = %D%/update_records.c %D%/update_records.h %D%/update_script.c \
	%D%/update_script.h %D%/update_state.c %D%/update_state.h
LIBS_CLIENT = tools/libclient.a $(LIBS_PARSER)
bin_PROGRAMS += %D%/nsupdate
%C%_nsupdate_SOURCES = %D%/nsupdate.c %D%/nsupdate_options.c %D%/nsupdate_options.h %D%/line_input.c \
	%D%/line_input.h %D%/update_send.c %D%/update_send.h
%C%_nsupdate_LDADD = tools/libscript.a $(LIBS_CLIENT) $(LIBS_EXT) $(LIBEDIT_LIBS)
bin_PROGRAMS += %D%/named-checkdelegation
%C%_named_checkdelegation_SOURCES = %D%/named-checkdelegation.c
%C%_named_checkdelegation_LDADD = $(LIBS_XFR) $(LIBS_EXT)
