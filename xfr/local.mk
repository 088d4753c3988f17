noinst_LIBRARIES += %D%/libxfr.a
%C%_libxfr_a_SOURCES =
