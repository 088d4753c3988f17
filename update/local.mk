noinst_LIBRARIES += %D%/libupdate.a
%C%_libupdate_a_SOURCES = %D%/admit.c %D%/apply.c %D%/complete.c %D%/external.c %D%/external.h \
	%D%/internal.h %D%/log.c %D%/permission.c %D%/permission.h %D%/prerequisite.c \
	%D%/prescan.c %D%/process.c %D%/sections.c %D%/serial.c %D%/serial.h %D%/update.h
