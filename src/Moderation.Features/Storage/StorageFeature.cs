// Door of the Storage capability: where sealed bytes lie, in a local folder or in an S3 bucket.
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Moderation.Features.Storage;

public static class StorageFeature
{
    public static void AddStorage(this IServiceCollection services)
    {
        services.AddSingleton<IBlobStore>(provider => Open(provider.GetRequiredService<IConfiguration>()));
        services.AddSingleton<TombstoneLog>();
        services.AddSingleton<ReplayTombstones>();
        services.AddHostedService(provider => provider.GetRequiredService<ReplayTombstones>());
        services.AddScoped<BlobAlarm>();
        services.AddScoped<ScrubBlobs>();
        services.AddScoped<CollectOrphans>();
    }

    private static IBlobStore Open(IConfiguration configuration) =>
        S3Options.Read(configuration) is var (options, client) ? new BlobBucket(client, options)
        : configuration["DataDir"] is { Length: > 0 } folder ? new BlobFolder(Path.Combine(folder, "blobs"))
        : throw new InvalidOperationException("DataDir is not set.");
}
