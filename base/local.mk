noinst_LIBRARIES += %D%/libbase.a
%C%_libbase_a_SOURCES = %D%/buf.h %D%/hash.c %D%/hash.h %D%/log.h %D%/log_category.def \
	%D%/rcu.h %D%/region.c %D%/region.h %D%/result.c %D%/result.def %D%/result.h
