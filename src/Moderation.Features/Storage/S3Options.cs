// Where the S3 store is and how to speak to it, from the configuration section `Storage:S3`.
using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.S3;
using Microsoft.Extensions.Configuration;

namespace Moderation.Features.Storage;

/// <param name="Bucket">It must exist; the server makes none.</param>
/// <param name="Prefix">What each key begins with; empty or ending in a slash.</param>
/// <param name="PartLength">Bodies longer than this go up in parts of this many bytes; S3 wants at least 5 MiB.</param>
/// <param name="IsPlainHttp">No TLS: for a server on this machine.</param>
public sealed record S3Options(string Bucket, string Prefix, int PartLength, bool IsPlainHttp)
{
    private const int DefaultPartLength = 8 * 1024 * 1024;

    /// <returns>Null when `Storage:S3:Bucket` is not set: then the local folder is the store.</returns>
    public static (S3Options Options, AmazonS3Client Client)? Read(IConfiguration configuration)
    {
        var section = configuration.GetSection("Storage:S3");
        if (section["Bucket"] is not { Length: > 0 } bucket)
            return null;
        var prefix = section["Prefix"] ?? "";
        if (prefix.Length > 0 && !prefix.EndsWith('/'))
            throw new InvalidOperationException("Storage:S3:Prefix does not end in a slash.");
        var isPlainHttp = section["Endpoint"]?.StartsWith("http:", StringComparison.OrdinalIgnoreCase) == true;
        var options = new S3Options(bucket, prefix, section.GetValue("PartLength", DefaultPartLength), isPlainHttp);
        return (options, new AmazonS3Client(ReadCredentials(section), ReadClient(section)));
    }

    private static AmazonS3Config ReadClient(IConfigurationSection section)
    {
        var client = new AmazonS3Config
        {
            AuthenticationRegion = section["Region"] ?? "us-east-1",
            // Our own SHA-256 is in each request; a second sum in a chunked trailer is what several servers do not understand.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (section["Endpoint"] is { Length: > 0 } endpoint)
        {
            client.ServiceURL = endpoint;
            client.ForcePathStyle = section.GetValue("PathStyle", true);
        }
        else
        {
            client.RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(client.AuthenticationRegion);
            client.ForcePathStyle = section.GetValue("PathStyle", false);
        }
        return client;
    }

    // A file or the environment and nothing else: no key in the settings, no request to a metadata service.
    private static AWSCredentials ReadCredentials(IConfigurationSection section)
    {
        if (section["CredentialsFile"] is not { Length: > 0 } path)
            return new EnvironmentVariablesAWSCredentials();
        var profile = section["Profile"] ?? "default";
        return
            File.Exists(path)
            && new SharedCredentialsFile(path).TryGetProfile(profile, out var found)
            && found.GetAWSCredentials(null) is { } credentials
            ? credentials
            : throw new InvalidOperationException($"Storage:S3:CredentialsFile has no profile {profile}.");
    }
}
