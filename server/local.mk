noinst_LIBRARIES += %D%/libserver.a
%C%_libserver_a_SOURCES = %D%/banner.c %D%/banner.h %D%/cpus.c %D%/cpus.h %D%/daemon.c \
	%D%/daemon.h %D%/defaults.c %D%/defaults.h %D%/loader.c %D%/loader.h %D%/log_setup.c %D%/log_setup.h %D%/options.c \
	%D%/options.h %D%/privileges.c %D%/privileges.h %D%/readiness.c %D%/readiness.h \
	%D%/reload.c %D%/server.h %D%/startup.c %D%/zone_set.c %D%/zone_set.h
# the control channel
%C%_libserver_a_SOURCES += %D%/command_channel.c %D%/command_channel.h %D%/command_conn.c \
	%D%/command_conn.h %D%/rndc.c %D%/rndc.h %D%/rndc_basic.c %D%/rndc_config.c %D%/rndc_delegation.c %D%/rndc_dump.c %D%/rndc_keys.c %D%/rndc_resolver.c \
	%D%/rndc_commands.def
# zones and their files, at rndc's word
%C%_libserver_a_SOURCES += %D%/additions.c %D%/additions.h %D%/rndc_addzone.c %D%/rndc_recover.c %D%/rndc_transfer.c %D%/rndc_zone.c \
	%D%/rndc_zone.h %D%/rndc_zonestatus.c %D%/upkeep.c %D%/upkeep.h
# sockets and workers
%C%_libserver_a_SOURCES += %D%/gate.c %D%/gate.h %D%/inbox.c %D%/inbox.h \
	%D%/listen.c %D%/listen.h %D%/listen_plan.c %D%/listen_plan.h \
	%D%/changes.c %D%/changes.h %D%/session_key.c %D%/session_key.h %D%/update_writer.c \
	%D%/update_writer.h \
	%D%/udp_replies.c %D%/udp_replies.h \
	%D%/tcp_clients.c %D%/tcp_clients.h %D%/worker_tcp.c %D%/worker_tcp.h \
	%D%/worker_udp.c %D%/worker_udp.h %D%/workers.c %D%/workers.h

sbin_PROGRAMS += %D%/named
%C%_named_SOURCES = %D%/main.c
%C%_named_LDADD = $(LIBS_SERVER) $(LIBS_EXT)
# catalog zones
%C%_libserver_a_SOURCES += %D%/catalog_members.c %D%/catalog_members.h %D%/catalog_update.c \
	%D%/catalogs.c %D%/catalogs.h %D%/catalogs_internal.h %D%/rndc_catalog.c
# secondary zones
%C%_libserver_a_SOURCES += %D%/secondaries.c %D%/secondaries.h %D%/secondary.h \
	%D%/secondary_notify.c %D%/secondary_round.c %D%/secondary_transfer.c
# NOTIFY out
%C%_libserver_a_SOURCES += %D%/notify.c %D%/notify.h
%C%_libserver_a_SOURCES += %D%/update_forward.c %D%/update_forward.h
