/* SPDX-License-Identifier: Apache-2.0 */
/* moto.c: the peer's own script does the work. */
#include "tests/support/moto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];

/* tools/peers/moto <words>; its exit code. */
static int tool(const char *words)
{
	char command[2 * MOTO_TEXT_SIZE];
	snprintf(command, sizeof command, "'%s/tools/peers/moto' %s >/dev/null", SOURCE_FOLDER, words);
	int status = system(command);
	return status == -1 || !WIFEXITED(status) ? 1 : WEXITSTATUS(status);
}

int moto_start(const char *suite)
{
	char words[MOTO_TEXT_SIZE];
	snprintf(folder, sizeof folder, "/var/tmp/gaon-moto-XXXXXX");
	if (!mkdtemp(folder))
		return 1;
	snprintf(words, sizeof words, "start '%s' '%s/docs/providers/aws.md'", folder, SOURCE_FOLDER);
	int code = tool(words);
	if (code != 0)
		moto_stop();
	if (code == 77)
		printf("SKIP: %s: moto cannot be had\n", suite);
	return code;
}

void moto_stop(void)
{
	char words[MOTO_TEXT_SIZE];
	snprintf(words, sizeof words, "stop '%s'", folder);
	(void)tool(words);
	snprintf(words, sizeof words, "rm -rf '%s'", folder);
	(void)!system(words);
}

bool moto_value(const char *name, char value[MOTO_TEXT_SIZE])
{
	char path[2 * sizeof folder], line[MOTO_TEXT_SIZE];
	bool is_read = false;
	snprintf(path, sizeof path, "%s/peer", folder);
	FILE *file = fopen(path, "r");
	size_t size = strlen(name);
	while (file && fgets(line, sizeof line, file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, name, size) != 0 || line[size] != '=')
			continue;
		snprintf(value, MOTO_TEXT_SIZE, "%s", line + size + 1);
		is_read = true;
	}
	if (file)
		fclose(file);
	return is_read;
}

bool moto_do(const char *words, char output[MOTO_TEXT_SIZE])
{
	char command[2 * MOTO_TEXT_SIZE], line[MOTO_TEXT_SIZE] = "";
	snprintf(command, sizeof command, "'%s/tools/peers/moto' do '%s' %s", SOURCE_FOLDER, folder, words);
	FILE *pipe = popen(command, "r");
	if (pipe && fgets(line, sizeof line, pipe))
		line[strcspn(line, "\n")] = '\0';
	if (output)
		memcpy(output, line, sizeof line);
	return pipe && pclose(pipe) == 0;
}
