# tests of one part of the program; see local.mk
check_PROGRAMS += %D%/unit/answer_handover_test
TESTS += %D%/unit/answer_handover_test
%C%_unit_answer_handover_test_SOURCES = %D%/unit/answer_handover_test.c %D%/unit/unit.h
%C%_unit_answer_handover_test_LDADD = $(LIBS_ANSWER) $(LIBS_EXT) $(CUNIT_LIBS)
check_PROGRAMS += %D%/unit/server_changes_test
TESTS += %D%/unit/server_changes_test
%C%_unit_server_changes_test_SOURCES = %D%/unit/server_changes_test.c %D%/unit/unit.h
%C%_unit_server_changes_test_LDADD = $(LIBS_SERVER) $(LIBS_EXT) $(CUNIT_LIBS)
check_PROGRAMS += %D%/unit/zone_commit_test
TESTS += %D%/unit/zone_commit_test
%C%_unit_zone_commit_test_SOURCES = %D%/unit/zone_commit_test.c %D%/unit/unit.h
%C%_unit_zone_commit_test_LDADD = $(LIBS_ZONE) $(LIBS_EXT) $(CUNIT_LIBS)
