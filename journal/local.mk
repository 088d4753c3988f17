noinst_LIBRARIES += %D%/libjournal.a
%C%_libjournal_a_SOURCES = %D%/compact.c %D%/head.c %D%/internal.h %D%/journal.h %D%/open.c %D%/read.c \
	%D%/verify.c %D%/write.c
