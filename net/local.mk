noinst_LIBRARIES += %D%/libnet.a
%C%_libnet_a_SOURCES = %D%/addr.c %D%/addr.h
