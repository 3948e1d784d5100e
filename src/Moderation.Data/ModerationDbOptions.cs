// How the database is reached: one place for the provider, the naming and where the migrations live.
using Microsoft.EntityFrameworkCore;

namespace Moderation.Data;

public static class ModerationDbOptions
{
    public static void UseModeration(this DbContextOptionsBuilder builder, string connectionString) =>
        builder
            .UseNpgsql(connectionString, npgsql => npgsql.MigrationsAssembly("Moderation.Migrations"))
            .UseSnakeCaseNamingConvention();
}
