noinst_LIBRARIES += %D%/libzone.a
%C%_libzone_a_SOURCES =
