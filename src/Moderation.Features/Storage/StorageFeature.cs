// Door of the Storage capability: where sealed bytes lie.
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Moderation.Features.Storage;

public static class StorageFeature
{
    public static void AddStorage(this IServiceCollection services) =>
        services.AddSingleton(provider => new BlobFolder(provider.GetRequiredService<IConfiguration>()));
}
