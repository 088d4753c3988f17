# tests of one part of the program; see local.mk
check_PROGRAMS += %D%/unit/tools_update_script_test
TESTS += %D%/unit/tools_update_script_test
%C%_unit_tools_update_script_test_SOURCES = %D%/unit/tools_update_script_test.c %D%/unit/hex.h %D%/unit/unit.h
%C%_unit_tools_update_script_test_LDADD = tools/libscript.a $(LIBS_CLIENT) $(LIBS_EXT) $(CUNIT_LIBS)
