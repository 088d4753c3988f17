# The load generator and the bare echo that `make bench` measures with (bench/README.md).
EXTRA_PROGRAMS += %D%/kzload %D%/echo
%C%_kzload_SOURCES = %D%/kzload.c
%C%_echo_SOURCES = %D%/echo.c
