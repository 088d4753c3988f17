# the journal and what is made of it
check_PROGRAMS += %D%/unit/journal_test
TESTS += %D%/unit/journal_test
%C%_unit_journal_test_SOURCES = %D%/unit/journal_test.c %D%/unit/unit.h
%C%_unit_journal_test_LDADD = $(LIBS_JOURNAL) $(LIBS_EXT) $(CUNIT_LIBS)
