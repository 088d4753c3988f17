noinst_LIBRARIES += %D%/libjournal.a
%C%_libjournal_a_SOURCES = %D%/journal.h
