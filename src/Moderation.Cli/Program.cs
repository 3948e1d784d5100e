// The `moderation` tool: reads the verb and runs it.
return 0;
