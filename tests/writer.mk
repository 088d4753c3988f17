# tests of one part of the program; see local.mk
check_PROGRAMS += %D%/unit/answer_handover_test
TESTS += %D%/unit/answer_handover_test
%C%_unit_answer_handover_test_SOURCES = %D%/unit/answer_handover_test.c %D%/unit/unit.h
%C%_unit_answer_handover_test_LDADD = $(LIBS_ANSWER) $(LIBS_EXT) $(CUNIT_LIBS)
