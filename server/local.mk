noinst_LIBRARIES += %D%/libserver.a
%C%_libserver_a_SOURCES = %D%/log_setup.c %D%/log_setup.h %D%/options.c %D%/options.h
# sockets and workers
%C%_libserver_a_SOURCES += %D%/gate.c %D%/gate.h %D%/inbox.c %D%/inbox.h \
	%D%/listen.c %D%/listen.h %D%/listen_plan.c %D%/listen_plan.h \
	%D%/tcp_clients.c %D%/tcp_clients.h %D%/worker_tcp.c %D%/worker_tcp.h \
	%D%/worker_udp.c %D%/worker_udp.h %D%/workers.c %D%/workers.h
