noinst_LIBRARIES += %D%/libzone.a
%C%_libzone_a_SOURCES = %D%/zonemd.c %D%/zonemd.h %D%/build.c %D%/build.h %D%/build_internal.h %D%/build_options.h %D%/check.c %D%/check.h %D%/client_log.c %D%/client_log.h %D%/contents.c \
	%D%/contents.h %D%/dump.c %D%/dump.h %D%/layout.c %D%/load.c %D%/load.h %D%/remarks.c %D%/remarks.h %D%/sort.c %D%/sort.h %D%/table.c \
	%D%/table.h %D%/zone.c %D%/zone.h
%C%_libzone_a_SOURCES += %D%/transfer.h

# versions and edits
%C%_libzone_a_SOURCES += %D%/apex.c %D%/apex.h %D%/arena.c %D%/arena.h %D%/chain.c %D%/compare.c \
	%D%/compare.h %D%/edit.c %D%/edit.h %D%/edit_internal.h %D%/edit_node.c %D%/edit_rrset.c \
	%D%/retire.c %D%/retire.h %D%/store.c %D%/store.h %D%/tree.c %D%/tree.h %D%/tree_edit.c
%C%_libzone_a_SOURCES += %D%/build_change.c %D%/rollforward.c %D%/rollforward.h
%C%_libzone_a_SOURCES += %D%/merge.c %D%/merge.h %D%/recover.c %D%/recover.h

# commits
%C%_libzone_a_SOURCES += %D%/commit.c %D%/commit.h %D%/journals.c %D%/journals.h
%C%_libzone_a_SOURCES += %D%/flush.c %D%/flush.h
%C%_libzone_a_SOURCES += %D%/files.c %D%/files.h %D%/install.c %D%/install.h
