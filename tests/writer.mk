# tests of one part of the program; see local.mk
