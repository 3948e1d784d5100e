// One server for all tests of accounts and intake; each test brings hosts and meetings of its own.
namespace Moderation.IntegrationTests.Intake;

[CollectionDefinition(Name)]
public sealed class IntakeCollection : ICollectionFixture<App>
{
    public const string Name = "intake";
}
