// Thrown when the product broke a promise; its text is what the report says.
namespace Moderation.FaultTests;

public sealed class Violation(string text) : Exception(text);
