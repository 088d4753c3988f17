noinst_LIBRARIES += %D%/libserver.a
%C%_libserver_a_SOURCES = %D%/gate.c %D%/gate.h %D%/inbox.c %D%/inbox.h %D%/log_setup.c \
	%D%/log_setup.h %D%/options.c %D%/options.h %D%/tcp_clients.c %D%/tcp_clients.h \
	%D%/worker_tcp.c %D%/worker_tcp.h %D%/worker_udp.c %D%/worker_udp.h
