check_PROGRAMS += %D%/unit/control_test
TESTS += %D%/unit/control_test
%C%_unit_control_test_SOURCES = %D%/unit/control_test.c %D%/unit/hex.h %D%/unit/unit.h
%C%_unit_control_test_LDADD = $(LIBS_CONTROL) $(LIBS_EXT) $(CUNIT_LIBS)
EXTRA_DIST += %D%/vectors/control.txt
