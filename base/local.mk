noinst_LIBRARIES += %D%/libbase.a
%C%_libbase_a_SOURCES = %D%/array.h %D%/buf.h %D%/container.h %D%/counter.def %D%/counters.c %D%/counters.h \
	%D%/file.c %D%/file.h %D%/hash.c %D%/hash.h %D%/log.c %D%/log.h \
	%D%/log_category.def %D%/log_category.h %D%/log_config.h %D%/log_file.c %D%/log_file.h %D%/log_roll.c \
	%D%/log_roll.h %D%/pool.c %D%/pool.h %D%/rcu.c %D%/rcu.h %D%/region.c %D%/region.h \
	%D%/result.c %D%/result.def %D%/result.h
%C%_libbase_a_SOURCES += %D%/codec.c %D%/codec.h %D%/timefmt.c %D%/timefmt.h
%C%_libbase_a_SOURCES += %D%/hmac.c %D%/hmac.h %D%/siphash.c %D%/siphash.h
