noinst_LIBRARIES += %D%/libconf.a
%C%_libconf_a_SOURCES = %D%/acl.c %D%/acl.h %D%/acl_build.c %D%/acl_build.h %D%/acl_impl.h \
	%D%/added.c %D%/added.h %D%/build.h %D%/catalog_build.c %D%/check.c %D%/context.h %D%/fields.c %D%/geoip.c %D%/geoip.h \
	%D%/grammar.c %D%/grammar.h %D%/grammar_compile.c %D%/grammar_compile.h \
	%D%/key_build.c %D%/load.c %D%/logging_build.c %D%/option_table.c \
	%D%/option_table.def %D%/option_table.h %D%/policy_check.c %D%/policy_check.h \
	%D%/print.c %D%/print.h %D%/remote_build.c %D%/report.c \
	%D%/server_build.c %D%/server_fields.c %D%/settings.h %D%/table.c \
	%D%/update_policy_build.c %D%/value.c %D%/value.h %D%/view_build.c %D%/view_fields.c \
	%D%/zone_build.c %D%/zone_fields.c
