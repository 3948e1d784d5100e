// Brings a database up to date: applies every migration that it lacks.
using Microsoft.EntityFrameworkCore;
using Moderation.Migrations;

if (Environment.GetEnvironmentVariable("ConnectionStrings__Moderation") is null)
{
    await Console.Error.WriteLineAsync("Set ConnectionStrings__Moderation to the database that is to be migrated.");
    return 2;
}
await using var db = new DesignTime().CreateDbContext(args);
var lacking = (await db.Database.GetPendingMigrationsAsync()).ToList();
await db.Database.MigrateAsync();
await Console.Out.WriteLineAsync(
    lacking.Count == 0 ? "Database is up to date." : $"Applied {string.Join(", ", lacking)}."
);
return 0;
