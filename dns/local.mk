noinst_LIBRARIES += %D%/libdns.a
%C%_libdns_a_SOURCES = %D%/name.c %D%/name.h %D%/rdata.h %D%/rrtype.h %D%/serial.h
%C%_libdns_a_SOURCES += %D%/ede.def %D%/edns.c %D%/edns.h %D%/message.c %D%/message.h %D%/tsig.h
