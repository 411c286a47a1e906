/** Loaded before a service's own code: when the demo is gone, however it ended, its services go as well. */
process.once('disconnect', () => process.exit());
process.channel?.unref();
