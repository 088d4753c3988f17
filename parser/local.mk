noinst_LIBRARIES += %D%/libparser.a
%C%_libparser_a_SOURCES = %D%/master.c %D%/master.h %D%/master_check.c \
	%D%/master_check.h %D%/master_directive.c %D%/master_generate.c %D%/master_parser.h \
	%D%/master_raw.c %D%/master_record.h %D%/master_run.c %D%/master_scan.c %D%/master_scan.h \
	%D%/master_write.c %D%/master_write.h
%C%_libparser_a_SOURCES += %D%/conf_grammar.y %D%/conf_reader.h %D%/conf_scan.l \
	%D%/conf_syntax.c %D%/conf_syntax.h %D%/conf_tree.h
BUILT_SOURCES += %D%/conf_grammar.h
%D%/conf_scan.o: %D%/conf_grammar.h
