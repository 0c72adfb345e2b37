/* SPDX-License-Identifier: Apache-2.0 */
/* gaond_manual.c: a build tool: gaond(8), or with --config its sample configuration, from the table of settings. */
#include <stdio.h>
#include <string.h>

#include "runtime/base/text.h"
#include "server/gaond.h"

/** A leading '.' or '\'' is a request to troff, a plain '-' a typographic hyphen. */
static void print_roff(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text; text++) {
		if (*text == '\\' || *text == '-')
			putchar('\\');
		putchar(*text == '\\' ? 'e' : *text);
	}
}

/** store.path → GAON_STORE_PATH */
static void print_variable(const char *name)
{
	fputs("GAON_", stdout);
	for (; *name; name++)
		putchar(*name == '.' ? '_' : *name >= 'a' && *name <= 'z' ? *name - 'a' + 'A' : *name);
}

static void print_manual(void)
{
	printf(".TH GAOND 8 \"\" \"Gaon %s\" \"System Administration\"\n", GAON_VERSION_TEXT);
	puts(".SH NAME\ngaond \\- the Gaon cloud management platform's server\n"
	     ".SH SYNOPSIS\n\\fBgaond\\fR [\\fB\\-\\-config\\fR \\fIfile\\fR] [\\fB\\-\\-\\fIname\\fB=\\fIvalue\\fR …]\n"
	     ".SH DESCRIPTION\n"
	     "Serves the control plane over gRPC. At its first start it makes its database and its master key, and prints a\n"
	     "one\\-time bootstrap token; with it gaon bootstrap makes the first administrator. Everything that was\n"
	     "acknowledged survives a crash; restarting is recovery. SIGTERM and SIGINT let running calls end, then stop.\n"
	     ".PP\n"
	     "Each setting may stand in the file (\\fIname\\fR = \\fIvalue\\fR lines), in the environment, or on the command line;\n"
	     "the later one wins.\n"
	     ".SH SETTINGS");
	for (size_t i = 0; i < gaond_option_count; i++) {
		printf(".TP\n\\fB");
		print_roff(gaond_options[i].name);
		printf("\\fR, ");
		print_variable(gaond_options[i].name);
		putchar('\n');
		print_roff(gaond_options[i].help);
		if (!text_is_empty(gaond_options[i].otherwise)) {
			printf(" Default: ");
			print_roff(gaond_options[i].otherwise);
			putchar('.');
		}
		putchar('\n');
	}
	puts(".SH FILES\n.TP\n/etc/gaon/gaond.conf\nThe settings, as the package installs the service.\n"
	     ".TP\n/var/lib/gaon/gaon.db\nThe database. Back it up together with the master key beside it.\n"
	     ".SH EXIT STATUS\n0 after a clean stop, 1 when it could not start, 2 when the settings are wrong.\n"
	     ".SH SEE ALSO\n\\fBgaon\\fR(1)");
}

static void print_config(void)
{
	puts("# Settings of gaond, with their defaults. See gaond(8).");
	for (size_t i = 0; i < gaond_option_count; i++)
		printf("\n# %s\n#%s = %s\n", gaond_options[i].help, gaond_options[i].name,
		       text_or_empty(gaond_options[i].otherwise));
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--config") == 0)
		print_config();
	else
		print_manual();
	return 0;
}
