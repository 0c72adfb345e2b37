/* SPDX-License-Identifier: Apache-2.0 */
/* parse.c: how fast documents become trees, in turns with the parsers that people would take instead. usage: parse FILE.xml|FILE.json… */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "runtime/base/json.h"
#include "runtime/base/memory.h"
#include "runtime/base/text.h"
#include "runtime/base/xml.h"
#include "tools/benchmarks/parse/opponents.h"

enum { ROUNDS = 5, TURN_MS = 150, SIZE_MOST = 64 * 1024 * 1024 };

struct parser {
	const char *name, *extension;
	bool (*parse)(struct slice document); /* to the end, and away with what it made */
	double rates[ROUNDS];		      /* bytes a second of CPU */
};

static bool ours_xml(struct slice document)
{
	struct arena *arena = arena_new(0);
	struct xml *root;
	bool is_good = status_is_ok(xml_parse(arena, document, NULL, &root)) && root->children;

	arena_free(arena);
	return is_good;
}

static bool ours_json(struct slice document)
{
	struct arena *arena = arena_new(0);
	struct json *value;
	bool is_good = status_is_ok(json_parse(arena, document, NULL, &value)) && json_size(value) > 0;

	arena_free(arena);
	return is_good;
}

static struct parser parsers[] = {
	{ .name = "ours", .extension = ".xml", .parse = ours_xml },
	{ .name = "expat alone", .extension = ".xml", .parse = opponent_expat },
	{ .name = "libxml2", .extension = ".xml", .parse = opponent_libxml2 },
	{ .name = "ours", .extension = ".json", .parse = ours_json },
	{ .name = "jansson alone", .extension = ".json", .parse = opponent_jansson },
};
#define PARSER_COUNT (sizeof parsers / sizeof parsers[0])

static double cpu_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now); /* other work on the machine does not count */
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double turn(const struct parser *parser, struct slice document)
{
	double began = cpu_s(), now = began;
	size_t bytes = 0;

	while (now - began < TURN_MS / 1e3) {
		if (!parser->parse(document)) {
			fprintf(stderr, "parse: %s does not take the document\n", parser->name);
			exit(1);
		}
		bytes += document.size;
		now = cpu_s();
	}
	return (double)bytes / (now - began);
}

static int by_rate(const void *a, const void *b)
{
	double first = *(const double *)a, second = *(const double *)b;

	return (first > second) - (first < second);
}

static void measure(const char *path, struct slice document)
{
	for (int round = -1; round < ROUNDS; round++) /* one to get warm */
		for (size_t i = 0; i < PARSER_COUNT; i++)
			if (text_ends_with(path, parsers[i].extension))
				parsers[i].rates[round < 0 ? 0 : round] = turn(&parsers[i], document);
	for (size_t i = 0; i < PARSER_COUNT; i++) {
		if (!text_ends_with(path, parsers[i].extension))
			continue;
		qsort(parsers[i].rates, ROUNDS, sizeof parsers[i].rates[0], by_rate);
		printf("%s\t%s\t%.2f\n", path, parsers[i].name, parsers[i].rates[ROUNDS / 2] / 1e6);
	}
}

int main(int argc, char **argv)
{
	char *data = memory_new(SIZE_MOST);

	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "rb");
		size_t size = file ? fread(data, 1, SIZE_MOST, file) : 0;

		if (file)
			fclose(file);
		if (size == 0 || size == SIZE_MOST) {
			fprintf(stderr, "parse: %s cannot be read\n", argv[i]);
			return 1;
		}
		measure(argv[i], (struct slice){ data, size });
	}
	memory_free(data);
	return 0;
}
