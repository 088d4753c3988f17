noinst_LIBRARIES += %D%/libconf.a
%C%_libconf_a_SOURCES = %D%/acl.c %D%/acl.h %D%/acl_impl.h %D%/geoip.c %D%/geoip.h %D%/settings.h
