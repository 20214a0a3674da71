import ContainerRuntime
import Testing

@Suite("ImageRecipe")
struct ImageRecipeTests {
    @Test func `a recipe is read line by line`() throws {
        let recipe = try ImageRecipe(
            parsing: """
                # what the pod runs
                FROM docker.io/library/busybox:latest
                ENV COLOUR=red SIZE="very large"
                WORKDIR /srv
                COPY --chown=1000:1001 --chmod=755 a b \\
                     ./bin/
                EXPOSE 80 53/udp
                ENTRYPOINT ["httpd", "-f"]
                CMD -p 80
                LABEL note='it is'
                user 1000
                """)
        #expect(recipe.base == "docker.io/library/busybox:latest")
        #expect(recipe.config.environment == ["COLOUR=red", "SIZE=very large"])
        #expect(recipe.config.entrypoint == ["httpd", "-f"])
        #expect(recipe.config.command == ["/bin/sh", "-c", "-p 80"])
        #expect(recipe.config.exposedPorts == ["80/tcp", "53/udp"])
        #expect(recipe.config.labels == ["note": "it is"])
        #expect(recipe.config.user == "1000")
        let copy = try #require(recipe.copies.first)
        #expect(copy.sources == ["a", "b"])
        #expect(copy.target == "/srv/./bin/")
        #expect(copy.user == 1000 && copy.group == 1001 && copy.mode == 0o755)
    }

    @Test(arguments: [
        ("COPY a b", "line 1: the first instruction must be FROM"),
        ("FROM scratch\nRUN make", "line 2: RUN is not understood"),
        ("FROM scratch\nCOPY a", "line 2: COPY needs sources and a target"),
        ("FROM scratch\nCOPY ../a /", "line 2: sources lie in the recipe's folder"),
        ("FROM scratch\n\nENV A=\"b", "line 3: a quotation mark is not closed"),
        ("", "the recipe has no FROM"),
    ])
    func `a mistake names its line`(text: String, message: String) {
        #expect(throws: ImageError(.badRecipe, message)) { try ImageRecipe(parsing: text) }
    }
}
