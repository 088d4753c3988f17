noinst_LIBRARIES += %D%/libcontrol.a
%C%_libcontrol_a_SOURCES = %D%/dialogue.c %D%/dialogue.h %D%/message.c %D%/message.h \
	%D%/result_number.c %D%/result_number.def %D%/result_number.h \
	%D%/rndc_help.def %D%/rndc_conf.c %D%/rndc_conf.h
