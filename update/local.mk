noinst_LIBRARIES += %D%/libupdate.a
%C%_libupdate_a_SOURCES = %D%/update.h
