/* SPDX-License-Identifier: Apache-2.0 */
/* capabilities.c: writes docs/providers/capabilities.md from the rows; a test holds the file to it. */
#include <stdio.h>

#include "providers/provider.h"
#include "runtime/base/text.h"

static const char *const SUPPORTS[] = { "–", "yes", "emulated" };
static const char *const IDEMPOTENCES[] = { "natural", "token", "unique id", "tag look-up" };

static void table_write(void)
{
	printf("| verb |");
	for (size_t i = 0; i < provider_count; i++)
		if (providers[i]->ops)
			printf(" %s |", providers[i]->kind);
	printf("\n|---|");
	for (size_t i = 0; i < provider_count; i++)
		if (providers[i]->ops)
			printf("---|");
	printf("\n");
	for (int verb = 0; verb < VERB_COUNT; verb++) {
		printf("| %s |", provider_verb_name((enum provider_verb)verb));
		for (size_t i = 0; i < provider_count; i++) {
			const struct provider_trait *trait = &providers[i]->traits[verb];
			if (!providers[i]->ops)
				continue;
			bool is_natural = trait->idempotence == IDEMPOTENCE_NATURAL;
			printf(" %s%s%s%s |", SUPPORTS[trait->support], trait->is_asynchronous ? ", task" : "",
			       is_natural ? "" : ", by ", is_natural ? "" : IDEMPOTENCES[trait->idempotence]);
		}
		printf("\n");
	}
}

static void states_write(const struct provider_trait *trait)
{
	const char *separator = "";
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
	printf("| verb | repeating it | from the states | note |\n|---|---|---|---|\n");
	for (int verb = 0; verb < VERB_COUNT; verb++) {
		const struct provider_trait *trait = &row->traits[verb];
		if (trait->support == SUPPORT_NONE)
			continue;
		printf("| %s | %s | ", provider_verb_name((enum provider_verb)verb), IDEMPOTENCES[trait->idempotence]);
		states_write(trait);
		printf(" | %s |\n", text_or_empty(trait->note));
	}
	printf("\n| option | default | meaning |\n|---|---|---|\n");
	for (size_t i = 0; i < row->option_count; i++)
		printf("| `%s` | %s | %s |\n", row->options[i].name, text_or_empty(row->options[i].otherwise), row->options[i].help);
}

int main(void)
{
	printf("# What the providers can\n\n");
	printf("Made from the rows of the code; the test `provider_capabilities` says how to make it anew. An endpoint may be able to\n"
	       "do less than its provider: `gaon connection probe` tells.\n\n");
	table_write();
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
