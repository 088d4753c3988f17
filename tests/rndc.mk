# tests of one part of the program; see local.mk
check_PROGRAMS += %D%/unit/server_upkeep_test %D%/unit/conf_added_test
TESTS += %D%/unit/server_upkeep_test %D%/unit/conf_added_test
%C%_unit_server_upkeep_test_SOURCES = %D%/unit/server_upkeep_test.c %D%/unit/unit.h
%C%_unit_server_upkeep_test_LDADD = $(LIBS_SERVER) $(LIBS_EXT) $(CUNIT_LIBS)
%C%_unit_conf_added_test_SOURCES = %D%/unit/conf_added_test.c %D%/unit/unit.h
%C%_unit_conf_added_test_LDADD = $(LIBS_CONF) $(LIBS_EXT) $(CUNIT_LIBS)
