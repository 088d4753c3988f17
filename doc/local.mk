# doc
dist_man_MANS += %D%/man/named.8
