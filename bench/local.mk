# The load generators (kzupdate serves tests, too) and the bare echo that `make bench` measures with (bench/README.md).
EXTRA_PROGRAMS += %D%/kzload %D%/kzaxfr %D%/echo
noinst_PROGRAMS += %D%/kzupdate
%C%_kzload_SOURCES = %D%/kzload.c
%C%_kzupdate_SOURCES = %D%/kzupdate.c
%C%_kzaxfr_SOURCES = %D%/kzaxfr.c
%C%_echo_SOURCES = %D%/echo.c
