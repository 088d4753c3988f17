noinst_LIBRARIES += %D%/libparser.a
%C%_libparser_a_SOURCES = %D%/master.h
