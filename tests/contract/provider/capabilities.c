/* SPDX-License-Identifier: Apache-2.0 */
/* capabilities.c: writes docs/providers/capabilities.md from the rows; a test holds the file to it. */
#include <stdio.h>

#include "providers/provider.h"
#include "runtime/base/text.h"

static const char *const SUPPORTS[] = { "–", "yes", "emulated" };
static const char *const IDEMPOTENCES[] = { "natural", "token", "unique id", "tag look-up" };

/* A family of verbs, from the first to the last in the order of the contract. */
struct family {
	const char *title;
	enum provider_verb first, last;
};
static const struct family FAMILIES[] = {
	{ "What is there", VERB_REGIONS, VERB_PRICES },
	{ "Machines", VERB_CREATE, VERB_CHANGES },
	{ "Power", VERB_START, VERB_RESUME },
	{ "Changing machines", VERB_RESIZE, VERB_DELETE },
	{ "Snapshots of machines", VERB_SNAPSHOT_CREATE, VERB_SNAPSHOT_DELETE },
	{ "Looking into machines, and bills", VERB_CONSOLE, VERB_BILL },
	{ "Volumes", VERB_VOLUME_CREATE, VERB_VOLUME_SNAPSHOT_DELETE },
	{ "Images that are made", VERB_IMAGE_CREATE, VERB_IMAGE_DELETE },
	{ "Networks that are made", VERB_NETWORK_CREATE, VERB_NETWORK_DELETE },
	{ "Security groups", VERB_SECURITY_GROUP_CREATE, VERB_SECURITY_GROUP_DELETE },
	{ "Addresses", VERB_ADDRESS_ALLOCATE, VERB_ADDRESS_RELEASE },
	{ "Key pairs", VERB_KEY_PAIR_IMPORT, VERB_KEY_PAIR_DELETE },
};
#define FAMILY_COUNT (sizeof FAMILIES / sizeof FAMILIES[0])

static void cell_write(const struct provider_trait *trait)
{
	bool is_natural = trait->idempotence == IDEMPOTENCE_NATURAL;
	printf(" %s%s%s%s |", SUPPORTS[trait->support], trait->is_asynchronous ? ", task" : "", is_natural ? "" : ", by ",
	       is_natural ? "" : IDEMPOTENCES[trait->idempotence]);
}

static void table_write(const struct family *family)
{
	printf("\n### %s\n\n| verb |", family->title);
	for (size_t i = 0; i < provider_count; i++)
		if (providers[i]->ops)
			printf(" %s |", providers[i]->kind);
	printf("\n|---|");
	for (size_t i = 0; i < provider_count; i++)
		if (providers[i]->ops)
			printf("---|");
	printf("\n");
	for (int verb = (int)family->first; verb <= (int)family->last; verb++) {
		printf("| %s |", provider_verb_name((enum provider_verb)verb));
		for (size_t i = 0; i < provider_count; i++)
			if (providers[i]->ops)
				cell_write(&providers[i]->traits[verb]);
		printf("\n");
	}
}

/* How many of a family each provider does: the first look. */
static void summary_write(void)
{
	printf("| |");
	for (size_t i = 0; i < provider_count; i++)
		if (providers[i]->ops)
			printf(" %s |", providers[i]->kind);
	printf("\n|---|");
	for (size_t i = 0; i < provider_count; i++)
		if (providers[i]->ops)
			printf("---|");
	printf("\n");
	for (size_t family = 0; family < FAMILY_COUNT; family++) {
		printf("| %s |", FAMILIES[family].title);
		for (size_t i = 0; i < provider_count; i++) {
			unsigned done = 0, all = 0;
			for (int verb = (int)FAMILIES[family].first; verb <= (int)FAMILIES[family].last; verb++, all++)
				done += providers[i]->traits[verb].support != SUPPORT_NONE;
			if (providers[i]->ops)
				printf(done == 0 ? " – |" : done == all ? " all |" : " %u of %u |", done, all);
		}
		printf("\n");
	}
}

static void states_write(const struct provider_trait *trait)
{
	const char *separator = "";
	uint32_t any = (1u << PROVIDER_MACHINE_GONE) - 1;
	if (trait->states == any) {
		printf("any");
		return;
	}
	for (int state = PROVIDER_MACHINE_UNKNOWN; state <= PROVIDER_MACHINE_GONE; state++)
		if (trait->states & (1u << state)) {
			printf("%s%s", separator, provider_machine_state_name((enum provider_machine_state)state));
			separator = ", ";
		}
}

static void provider_write(const struct provider *row)
{
	printf("\n## %s: %s\n\n", row->kind, row->title);
	printf("At once: %u calls. ", row->concurrency ? row->concurrency : 8);
	printf("A new machine may be missed for %u ms.\n\n", row->visibility_delay_ms);
	printf("| verb | from the states | note |\n|---|---|---|\n");
	for (int verb = 0; verb < VERB_COUNT; verb++) {
		const struct provider_trait *trait = &row->traits[verb];
		/* The tables above say the rest. */
		if (trait->support == SUPPORT_NONE || (trait->states == 0 && !trait->note))
			continue;
		printf("| %s | ", provider_verb_name((enum provider_verb)verb));
		states_write(trait);
		printf(" | %s |\n", text_or_empty(trait->note));
	}
	printf("\n| option | default | meaning |\n|---|---|---|\n");
	for (size_t i = 0; i < row->option_count; i++)
		printf("| `%s` | %s | %s |\n", row->options[i].name, text_or_empty(row->options[i].otherwise), row->options[i].help);
}

/* A verb that the contract got and no family has would be missing here without a word. */
static bool is_whole(void)
{
	int next = 0;
	for (size_t i = 0; i < FAMILY_COUNT; i++) {
		if ((int)FAMILIES[i].first != next)
			return false;
		next = (int)FAMILIES[i].last + 1;
	}
	return next == VERB_COUNT;
}

int main(void)
{
	if (!is_whole()) {
		fprintf(stderr, "capabilities.c: each verb must be in one family, in the order of the contract\n");
		return 1;
	}
	printf("# What the providers can\n\n");
	printf("Made from the rows of the code; the test `provider_capabilities` says how to make it anew. An endpoint may be able to\n"
	       "do less than its provider: `gaon connection probe` tells.\n\n");
	printf("A verb that a provider claims here was seen to work on its peer: a claim that no test of the contract suite has shown\n"
	       "fails the suite. What a peer cannot show stands in its file under tests/contract/provider/peers, with the reason.\n\n");
	summary_write();
	printf("\n## Verb by verb\n\n\"task\": it returns before it is over. \"by …\": how a repeat is kept from making a second one;\n"
	       "without it a repeat changes nothing by nature.\n");
	for (size_t i = 0; i < FAMILY_COUNT; i++)
		table_write(&FAMILIES[i]);
	printf("\nKnown, but not built in:");
	for (size_t i = 0; i < provider_count; i++)
		if (!providers[i]->ops)
			printf(" %s (%s)%s", providers[i]->title, providers[i]->kind, i + 1 < provider_count ? "," : ".");
	printf("\n");
	for (size_t i = 0; i < provider_count; i++)
		if (providers[i]->ops)
			provider_write(providers[i]);
	return 0;
}
