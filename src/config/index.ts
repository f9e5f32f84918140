export { readYaml } from './yaml.js';
