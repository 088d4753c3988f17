noinst_LIBRARIES += %D%/libanswer.a
%C%_libanswer_a_SOURCES = %D%/account.c %D%/account.h %D%/additional.c %D%/answer.c %D%/answer.h %D%/builtin.c %D%/builtin.h \
	%D%/context.c %D%/context.h %D%/handed.c %D%/handed.h %D%/handover.h %D%/lookup.c %D%/lookup.h %D%/order.c %D%/order.h %D%/proof.c \
	%D%/proof.h %D%/proof_nsec.c %D%/proof_nsec.h %D%/proof_nsec3.c %D%/query.h \
	%D%/query_cookie.c %D%/query_cookie.h %D%/query_log.c %D%/query_log.h %D%/resolve.c \
	%D%/respond.c %D%/respond.h %D%/scratch.h %D%/server_data.c %D%/server_data.h %D%/transfer.c \
	%D%/transfer.h %D%/view.c \
	%D%/view.h %D%/worker.h
%C%_libanswer_a_SOURCES += %D%/cookie.c %D%/cookie.h
