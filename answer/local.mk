noinst_LIBRARIES += %D%/libanswer.a
%C%_libanswer_a_SOURCES = %D%/answer.h %D%/server_data.h
