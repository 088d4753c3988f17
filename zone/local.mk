noinst_LIBRARIES += %D%/libzone.a
%C%_libzone_a_SOURCES = %D%/build.h %D%/contents.h %D%/load.h %D%/table.h %D%/zone.h
