/* SPDX-License-Identifier: Apache-2.0 */
/* failpoint.c: what a failpoint does once armed. */
#include "server/store/failpoint.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MOST_FAILPOINTS = 8, NAME_SIZE = 64 };

enum failpoint_action { FAILPOINT_KILL, FAILPOINT_SLEEP };

struct failpoint_rule {
	char name[NAME_SIZE];
	enum failpoint_action action;
	long sleep_ms;
	long at;          /* acts the at-th time; 0: each time */
	atomic_long hits;
};

/* Written before any other thread runs (failpoint_arm says so); only `hits` changes afterwards. */
static struct failpoint_rule rules[MOST_FAILPOINTS];
static int rule_count;

atomic_int failpoint_armed;

static void act(const struct failpoint_rule *rule)
{
	struct timespec pause = { rule->sleep_ms / 1000, rule->sleep_ms % 1000 * 1000000 };

	if (rule->action == FAILPOINT_KILL)
		kill(getpid(), SIGKILL);
	else
		nanosleep(&pause, NULL);
}

void failpoint_hit(const char *name)
{
	for (int i = 0; i < rule_count; i++) {
		if (strcmp(rules[i].name, name) != 0)
			continue;

		long hit = atomic_fetch_add(&rules[i].hits, 1) + 1;

		if (rules[i].at == 0 || rules[i].at == hit)
			act(&rules[i]);
	}
}

static bool parse_rule(char *text, struct failpoint_rule *rule)
{
	char *action = strchr(text, ':');
	char *at = strchr(text, '@');

	if (action == NULL || (size_t)(action - text) >= NAME_SIZE)
		return false;
	memcpy(rule->name, text, (size_t)(action - text));
	rule->name[action - text] = '\0';
	action++;
	rule->at = 0;
	if (at != NULL) {
		*at = '\0';
		rule->at = strtol(at + 1, NULL, 10);
	}
	if (strcmp(action, "kill") == 0) {
		rule->action = FAILPOINT_KILL;
		return true;
	}
	rule->action = FAILPOINT_SLEEP;
	return strncmp(action, "sleep_", 6) == 0 && (rule->sleep_ms = strtol(action + 6, NULL, 10)) > 0;
}

bool failpoint_arm(const char *text)
{
	char copy[512];
	char *rest = NULL;

	rule_count = 0;
	atomic_store(&failpoint_armed, 0);
	if (text == NULL)
		return true;
	if (strlen(text) >= sizeof copy)
		return false;
	memcpy(copy, text, strlen(text) + 1);
	for (char *part = strtok_r(copy, ",", &rest); part != NULL; part = strtok_r(NULL, ",", &rest)) {
		if (rule_count == MOST_FAILPOINTS || !parse_rule(part, &rules[rule_count]))
			return false;
		atomic_store(&rules[rule_count++].hits, 0);
	}
	atomic_store(&failpoint_armed, rule_count);
	return true;
}

__attribute__((constructor)) static void arm_from_environment(void)
{
	(void)failpoint_arm(getenv("GAON_FAILPOINT"));
}
