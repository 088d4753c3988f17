/*
 * The grammar of named.conf: statements of items that end in semicolons, blocks of
 * statements in braces.  Which statement takes which items is conf's table to say.
 */
%define api.pure full
%define api.prefix {conf_yy}
%define api.location.type {struct conf_place}
%locations
%parse-param {struct conf_reader *reader} {void *scanner}
%lex-param {void *scanner}

%code requires {
#include "parser/conf_reader.h"
}

%code {
int conf_yylex(CONF_YYSTYPE *value, struct conf_place *at, void *scanner);

#define YYLLOC_DEFAULT(current, rhs, n) ((current) = (n) ? YYRHSLOC(rhs, 1) : reader->at)

static void conf_yyerror(struct conf_place *at, struct conf_reader *reader, void *scanner,
                         const char *text);
}

%union {
    const char *text;
}

%token <text> WORD STRING
%token NOT "!" OPEN "{" CLOSE "}" SEMICOLON ";"
%token BAD

%%

file: top
    | top items                     { conf_reader_missing(reader, &reader->at, "end of file"); }
    ;

top: %empty
    | top statement
    | top "}"                       { conf_reader_stray(reader, &@2, "}"); }
    | top items "}"                 { conf_reader_stray(reader, &@3, "}"); }
    ;

statements: %empty
    | statements statement
    ;

statement: items ";"                { conf_reader_end(reader); }
    | ";"                           { conf_reader_stray(reader, &@1, ";"); }
    ;

items: item
    | items item
    ;

item: WORD                          { conf_reader_item(reader, CONF_WORD, $1, &@1); }
    | STRING                        { conf_reader_item(reader, CONF_STRING, $1, &@1); }
    | "!"                           { conf_reader_item(reader, CONF_NOT, "!", &@1); }
    | open statements close
    ;

open: "{"                           { if (!conf_reader_open(reader, &@1)) YYABORT; }
    ;

close: "}"                          { conf_reader_close(reader, &@1); }
    | items "}"                     { conf_reader_missing(reader, &@2, "'}'");
                                      conf_reader_close(reader, &@2); }
    ;

%%

/* The rules take every order of tokens but one that ends too soon. */
static void conf_yyerror(struct conf_place *at, struct conf_reader *reader, void *scanner,
                         const char *text)
{
    (void)at;
    (void)scanner;
    (void)text;
    conf_reader_ended(reader);
}
