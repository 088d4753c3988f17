noinst_LIBRARIES += %D%/libdns.a
%C%_libdns_a_SOURCES = %D%/hostname.c %D%/hostname.h %D%/mnemonic.c %D%/mnemonic.h %D%/name.c %D%/name.h %D%/rdata.h %D%/rdata_walk.c \
	%D%/rdata_basic.c %D%/rdata_dnssec.c %D%/rdata_field.h %D%/rdata_host.c %D%/rdata_keys.c \
	%D%/rdata_loc.c %D%/rdata_print.c %D%/rdata_soa.c %D%/rdata_strings.c %D%/rdata_svcb.c \
	%D%/rdata_table.c %D%/rdata_text.c %D%/rrtype.c %D%/nsec3.c %D%/nsec3.h %D%/render.c %D%/render.h %D%/rrtype.h %D%/serial.h \
	%D%/svcb.c %D%/svcb.h
%C%_libdns_a_SOURCES += %D%/diff.c %D%/diff.h
%C%_libdns_a_SOURCES += %D%/ede.def %D%/edns.c %D%/edns.h %D%/message.c %D%/message.h %D%/tsig.c %D%/tsig.h
%C%_libdns_a_SOURCES += %D%/key_clause.c %D%/key_clause.h
%C%_libdns_a_SOURCES += %D%/update_message.c %D%/update_message.h
