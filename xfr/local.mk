noinst_LIBRARIES += %D%/libxfr.a
%C%_libxfr_a_SOURCES =
%C%_libxfr_a_SOURCES += %D%/refresh.c %D%/refresh.h
%C%_libxfr_a_SOURCES += %D%/in_stream.c %D%/in_stream.h
%C%_libxfr_a_SOURCES += %D%/request.c %D%/request.h
%C%_libxfr_a_SOURCES += %D%/fetch.c %D%/fetch.h
%C%_libxfr_a_SOURCES += %D%/exchange.c %D%/exchange.h
%C%_libxfr_a_SOURCES += %D%/out.c %D%/out.h %D%/out_log.c %D%/out_log.h %D%/out_message.c %D%/out_message.h \
	%D%/out_source.h %D%/out_zone.c
%C%_libxfr_a_SOURCES += %D%/catalog.c %D%/catalog.h %D%/catalog_plan.c %D%/catalog_plan.h
%C%_libxfr_a_SOURCES += %D%/condense.c %D%/condense.h %D%/out_difference.c %D%/out_difference.h
%C%_libxfr_a_SOURCES += %D%/notify_message.c %D%/notify_message.h %D%/notify_out.c \
	%D%/notify_out.h %D%/notify_targets.c %D%/notify_targets.h %D%/rate.h %D%/resolve.c \
	%D%/resolve.h
# delegations checked over the network
%C%_libxfr_a_SOURCES += %D%/delegation.c %D%/delegation.h %D%/delegation_ask.c \
	%D%/delegation_finding.def %D%/delegation_judge.c %D%/delegation_options.c %D%/delegation_print.c \
	%D%/delegation_read.c %D%/delegation_read.h
