// Lets `dotnet ef` make a migration step without a running server.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Moderation.Data;

namespace Moderation.Migrations;

public sealed class DesignTime : IDesignTimeDbContextFactory<ModerationDb>
{
    public ModerationDb CreateDbContext(string[] args)
    {
        var builder = new DbContextOptionsBuilder<ModerationDb>();
        builder.UseModeration(
            Environment.GetEnvironmentVariable("ConnectionStrings__Moderation") ?? "Host=127.0.0.1;Database=moderation"
        );
        return new ModerationDb(builder.Options);
    }
}
