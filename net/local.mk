noinst_LIBRARIES += %D%/libnet.a
%C%_libnet_a_SOURCES = %D%/dial.c %D%/dial.h %D%/addr.c %D%/addr.h %D%/ifaces.c %D%/ifaces.h %D%/loop.c %D%/loop.h \
	%D%/socket.c %D%/socket.h %D%/stream.c %D%/stream.h %D%/timer.c %D%/timer.h \
	%D%/udp.c %D%/udp.h
