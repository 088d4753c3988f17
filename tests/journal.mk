# the journal and what is made of it
check_PROGRAMS += %D%/unit/journal_test
TESTS += %D%/unit/journal_test
%C%_unit_journal_test_SOURCES = %D%/unit/journal_test.c %D%/unit/unit.h
%C%_unit_journal_test_LDADD = $(LIBS_JOURNAL) $(LIBS_EXT) $(CUNIT_LIBS)
check_PROGRAMS += %D%/unit/zone_recover_test
TESTS += %D%/unit/zone_recover_test
%C%_unit_zone_recover_test_SOURCES = %D%/unit/zone_recover_test.c %D%/unit/unit.h
%C%_unit_zone_recover_test_LDADD = $(LIBS_ZONE) $(LIBS_EXT) $(CUNIT_LIBS)
