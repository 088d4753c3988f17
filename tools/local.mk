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
